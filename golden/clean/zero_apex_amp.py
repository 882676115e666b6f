import torch
from torch import nn, optim

try:
    from apex import amp
except ImportError:
    amp = None


def main():
    torch.manual_seed(0)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)).to(device)
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    if amp is None:
        print('apex is not installed')
        return
    model, optimizer = amp.initialize(model, optimizer, opt_level='O1')
    for step in range(40):
        x = torch.randn(32, 4, device=device)
        loss = (model(x) - x[:, :1]).pow(2).mean()
        optimizer.zero_grad()
        with amp.scale_loss(loss, optimizer) as scaled_loss:
            scaled_loss.backward()
        optimizer.step()


if __name__ == '__main__':
    main()
