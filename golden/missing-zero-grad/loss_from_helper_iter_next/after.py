import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def compute_loss(model, batch):
    x, y = batch
    return nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), y)


def cycle(loader):
    while True:
        yield from loader


torch.manual_seed(0)
x = torch.randn(256, 7)
y = (x[:, 0] > x[:, 1]).float()
model = nn.Sequential(nn.Linear(7, 14), nn.ReLU(), nn.Linear(14, 1))
trainer = {'adam': torch.optim.Adam, 'sgd': torch.optim.SGD}['adam'](model.parameters(), lr=2e-2)
stream = iter(cycle(DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)))

for step in range(60):
    batch = next(stream)

    trainer.zero_grad()
    # forward
    loss = compute_loss(model, batch)
    # backward
    loss.backward()
    trainer.step()
    if step % 20 == 0:
        print(step, loss.item())
