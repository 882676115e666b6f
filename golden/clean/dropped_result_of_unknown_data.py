"""Members of a batch that may be anything: here they move in place, and nothing in the loop says what they are."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Graph:
    def __init__(self, nodes):
        self.nodes = nodes

    def to(self, where):
        self.nodes = self.nodes.to(where)
        return self


class Graphs(Dataset):
    def __init__(self, n):
        self.all = [(Graph(torch.randn(5, 3)), torch.randn(1)) for _ in range(n)]

    def __len__(self):
        return len(self.all)

    def __getitem__(self, i):
        return self.all[i]


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def forward(self, graph):
        return self.fc(graph.nodes).mean(0)


torch.manual_seed(0)
loader = DataLoader(Graphs(12), batch_size=None, shuffle=True)
model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(3):
    for graph, answer in loader:
        graph.to("cpu")
        optimizer.zero_grad()
        loss = nn.functional.l1_loss(model(graph), answer)
        loss.backward()
        optimizer.step()
print(loss.item())
