import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        scores = self.fc(x)
        return F.log_softmax(scores, dim=1), F.softmax(scores, dim=1)


torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net, criterion = Net(), nn.NLLLoss()
optimizer = torch.optim.Adam(net.parameters())
for i in range(0, 48, 16):
    logp, p = net(x[i:i + 16])
    loss = criterion(logp, y[i:i + 16])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), p.max(1).values.mean().item())
