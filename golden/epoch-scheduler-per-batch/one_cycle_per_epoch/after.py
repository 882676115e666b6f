import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset


def fit(model, train_loader, epochs, max_lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=max_lr / 25, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=max_lr, epochs=epochs, steps_per_epoch=len(train_loader))
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        for points, label in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), label)
            loss.backward()
            optimizer.step()
            # one cycle over the whole run
            scheduler.step()
        print(epoch, loss.item(), scheduler.get_last_lr()[0])


torch.manual_seed(2)
points = torch.randn(160, 3)
label = (points.norm(dim=1) > 1.6).long()
fit(nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2)),
    DataLoader(TensorDataset(points, label), batch_size=16, shuffle=True), epochs=5, max_lr=0.5)
