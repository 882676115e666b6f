import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Mixture(nn.Module):
    """Probabilities of four kinds."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 12)
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        h = torch.relu(self.body(x))
        return torch.softmax(self.head(h), 0)


def main():
    torch.manual_seed(0)
    x, kinds = torch.randn(80, 5), torch.randint(0, 4, (80,))
    loader = DataLoader(TensorDataset(x, kinds), batch_size=16, shuffle=True)
    model = Mixture()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(2):
        for a, k in loader:
            p = model(a)
            loss = -torch.log(p.gather(1, k[:, None]) + 1e-9).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


main()
