# pool based active learning: train from scratch after each query
import torch
import torch.nn as nn
import torch.optim as optim


def build(lr):
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
    return net, optim.Adam(net.parameters(), lr=lr)


torch.manual_seed(0)
pool = torch.randn(300, 2)
truth = (pool[:, 0] * 2 > pool[:, 1]).long()
labelled = torch.randperm(300)[:10].tolist()

for query in range(5):
    net, optimizer = build(lr=0.05)
    for _ in range(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(pool[labelled]), truth[labelled])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        probs = torch.softmax(net(pool), dim=1)
    acc = (probs.argmax(1) == truth).float().mean().item()
    uncertainty = 1 - probs.max(1).values
    uncertainty[labelled] = -1
    labelled += uncertainty.topk(10).indices.tolist()
    print(f'{len(labelled)} labels, accuracy {acc:.3f}')
