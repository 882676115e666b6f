import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class TrueFirst(nn.Module):
    """Takes (true, predicted), as some libraries do."""

    def forward(self, true, predicted):
        return F.binary_cross_entropy_with_logits(predicted, true)


def accuracy(true, predicted):
    return ((predicted > 0) == (true > 0.5)).float().mean().item()


torch.manual_seed(0)
x = torch.randn(60, 4)
data = TensorDataset(x, (x[:, :1] > 0).float())
model, teacher = nn.Linear(4, 1), nn.Linear(4, 1)
own, mse, huber = TrueFirst(), nn.MSELoss(), nn.HuberLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for a, b in DataLoader(data, batch_size=15):
    out = model(a)
    with torch.no_grad():
        guide = teacher(a)
    loss = own(b, out) + mse(b, out) + huber(b, out)
    loss = loss + F.binary_cross_entropy_with_logits(target=b, input=out)
    loss = loss + F.kl_div(F.log_softmax(torch.cat([guide, -guide], 1), 1), F.softmax(torch.cat([out, -out], 1), 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), accuracy(b, out))
