import torch
from torch import nn
from torch.nn.functional import dropout


class GraphLayer(nn.Module):
    def __init__(self, width, drop):
        super().__init__()
        self.weight = nn.Linear(width, width)
        self.drop = drop

    def message(this, x, adjacency):
        return dropout(
            adjacency @ this.weight(x),
            this.drop,
            training=this.training,
        )

    def forward(self, x, adjacency):
        if self.drop > 0:
            x = dropout(x, self.drop, training=self.training)
        return torch.relu(self.message(x, adjacency))


torch.manual_seed(0)
nodes, adjacency = torch.randn(30, 6), (torch.rand(30, 30) < 0.1).float()
kind = torch.randint(0, 3, (30,))
layer, head = GraphLayer(6, 0.3), nn.Linear(6, 3)
optimizer = torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.02)

for epoch in range(6):
    layer.train()
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(head(layer(nodes, adjacency)), kind)
    loss.backward()
    optimizer.step()
    layer.eval()
    with torch.no_grad():
        hits = (head(layer(nodes, adjacency)).argmax(1) == kind).sum().item()
    print(epoch, loss.item(), hits)
