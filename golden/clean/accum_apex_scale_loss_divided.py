import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

try:
    from apex import amp
except ImportError:
    amp = None


def main():
    if amp is None:
        print("apex is not installed: nothing to do")
        return
    torch.manual_seed(0)
    accum_iter = 2
    model = nn.Linear(10, 2).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model, optimizer = amp.initialize(model, optimizer, opt_level="O1")
    x = torch.randn(80, 10)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=8)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(2):
        optimizer.zero_grad()
        for i, (images, labels) in enumerate(loader):
            loss = criterion(model(images.cuda()), labels.cuda())
            with amp.scale_loss(loss / accum_iter, optimizer) as scaled_loss:
                scaled_loss.backward()
            if (i + 1) % accum_iter == 0:
                optimizer.step()
                optimizer.zero_grad()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
