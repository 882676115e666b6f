"""Monte-Carlo dropout: the spread of the predictions is wanted; the batch statistics of another net are measured anew."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(128, 4)
y = (x.sum(1) > 0).long()
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
test_loader = DataLoader(TensorDataset(x + 0.1, y), batch_size=64)
model = nn.Sequential(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 2))
opt = torch.optim.Adam(model.parameters(), lr=0.01)


@torch.no_grad()
def mc_dropout_accuracy(samples):
    right = 0
    for a, b in test_loader:
        votes = torch.stack([model(a).softmax(1) for _ in range(samples)]).mean(0)
        right += (votes.argmax(1) == b).sum().item()
    return right / 128


def update_bn(batches):
    with torch.no_grad():
        for a, _ in batches:
            model(a)


for epoch in range(3):
    model.train()
    right = 0
    for a, b in loader:
        opt.zero_grad()
        scores = model(a)
        F.cross_entropy(scores, b).backward()
        opt.step()
        with torch.no_grad():
            right += (scores.argmax(1) == b).sum().item()
    update_bn(loader)
    print(epoch, right / 128, mc_dropout_accuracy(5))
