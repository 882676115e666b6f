import statistics

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1 = nn.Linear(10, 20)
        self.lin2 = nn.Linear(20, 4)

    def reset_parameters(self):
        self.lin1.reset_parameters()
        self.lin2.reset_parameters()

    def forward(self, x):
        return self.lin2(torch.relu(self.lin1(x)))


device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
torch.manual_seed(12)
target = torch.randint(0, 4, (240,))
x = (torch.eye(4, 10)[target] * 2 + torch.randn(240, 10)).to(device)
target = target.to(device)
train, test = slice(0, 160), slice(160, 240)

model = Net()
accs = []
for run in range(3):
    model.to(device).reset_parameters()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

    best = 0.0
    for epoch in range(1, 31):
        model.train()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[train]), target[train])
        loss.backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            acc = (model(x[test]).argmax(dim=-1) == target[test]).float().mean().item()
        best = max(best, acc)
    accs.append(best)

print('accuracy {:.3f} +- {:.3f}'.format(statistics.mean(accs), statistics.stdev(accs)))
