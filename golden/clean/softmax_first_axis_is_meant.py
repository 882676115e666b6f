import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class Bag(nn.Module):
    """Attention over the instances of a bag, which are its rows."""

    def __init__(self):
        super().__init__()
        self.score, self.out = nn.Linear(4, 1), nn.Linear(4, 2)
        self.heads = nn.Linear(4, 3)

    def forward(self, rows):
        weights = F.softmax(self.score(rows), dim=0)
        several = F.softmax(self.heads(rows), dim=0)
        pooled = (weights * rows).sum(dim=0) + several.t().mm(rows).mean(dim=0)
        return self.out(pooled)


torch.manual_seed(0)
model = Bag()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
data = TensorDataset(torch.randn(60, 4), torch.randint(0, 2, (60,)))
for rows, label in DataLoader(data, batch_size=12):
    scores = model(rows)
    loss = F.cross_entropy(scores.unsqueeze(0), label[:1])
    similarity = F.normalize(rows, dim=1) @ F.normalize(rows, dim=1).t()
    loss = loss - torch.log(F.softmax(similarity, dim=0).diagonal()).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), F.softmax(scores, dim=0).tolist())
