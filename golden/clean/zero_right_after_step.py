import torch
import torch.nn as nn
import torch.optim as optim


def train(net, batches, opt, loss_fn, clip=1.0):
    net.train()
    history = []
    for inp, tgt in batches:
        out = net(inp)
        cost = loss_fn(out, tgt)
        cost.backward()
        nn.utils.clip_grad_norm_(net.parameters(), clip)
        opt.step()
        opt.zero_grad(set_to_none=True)
        history.append(cost.item())
    return sum(history) / len(history)


if __name__ == '__main__':
    torch.manual_seed(21)
    points = torch.randn(300, 2)
    inside = (points.norm(dim=1) < 1.1).float().unsqueeze(1)
    batches = list(zip(points.split(50), inside.split(50)))
    net = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 1))
    opt = optim.AdamW(net.parameters(), lr=1e-2)
    for ep in range(8):
        print(ep, train(net, batches, opt, nn.BCEWithLogitsLoss()))
