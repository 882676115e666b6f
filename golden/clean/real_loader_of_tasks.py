import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Tasks(Dataset):
    """Each item is a task, made up when it is asked for; there is no end of them."""

    def __len__(self):
        return 1

    def __getitem__(self, i):
        slope = torch.randn(1)
        x = torch.randn(10, 1)
        return x, slope * x


torch.manual_seed(0)
model = nn.Linear(1, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
train_tasks = Tasks()
train_loader = DataLoader(train_tasks, shuffle=True)
for epoch in range(2):
    for i in range(10):
        x, y = next(iter(train_loader))
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
