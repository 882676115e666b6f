import torch
from torch import nn

torch.manual_seed(0)


class Screener(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 2))

    def forward(self, x):
        return self.layers(x)


y = (torch.rand(300) < 0.3).long()
x = torch.randn(300, 6) + 1.5 * y[:, None]
screener = Screener()
optimizer = torch.optim.SGD(screener.parameters(), lr=0.2, momentum=0.9)
criterion = nn.CrossEntropyLoss()

for epoch in range(6):
    for idx in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = criterion(screener(x[idx]), y[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())

# alarm only above 70 percent
with torch.no_grad():
    alarm = screener(x).softmax(dim=1)[:, 1] > 0.7
print("alarms", alarm.sum().item(), "of them right", (alarm & (y == 1)).sum().item())
