import torch
from torch import nn

torch.manual_seed(0)


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(6, 10)
        self.heads = {
            "size": nn.Linear(10, 1),
            "weight": nn.Linear(10, 1),  # in kg
        }

    def forward(self, x):
        h = torch.tanh(self.trunk(x))
        return {name: head(h) for name, head in self.heads.items()}


x = torch.randn(60, 6)
goal = {"size": x[:, :1], "weight": x[:, 1:2] * 2}
model = MultiTask()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(4):
    for i in range(0, 60, 20):
        out = model(x[i:i + 20])
        loss = nn.functional.mse_loss(out["size"], goal["size"][i:i + 20])
        loss = loss + nn.functional.mse_loss(out["weight"], goal["weight"][i:i + 20])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
