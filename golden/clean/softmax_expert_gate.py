"""Mixture of experts: softmax weighs the experts, not the classes."""
import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class MixtureOfExperts(nn.Module):
    def __init__(self, n_in, n_out, n_experts=3):
        super().__init__()
        self.experts = nn.ModuleList(nn.Linear(n_in, n_out) for _ in range(n_experts))
        self.gate = nn.Sequential(nn.Linear(n_in, n_experts), nn.Softmax(dim=1))

    def forward(self, x):
        g = self.gate(x)
        votes = torch.stack([expert(x) for expert in self.experts], dim=1)
        return (g.unsqueeze(-1) * votes).sum(1)


def run(epochs=8):
    torch.manual_seed(0)
    x = torch.randn(300, 2)
    y = (x[:, 0] * x[:, 1] > 0).long()
    loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
    moe = MixtureOfExperts(2, 2)
    opt = torch.optim.Adam(moe.parameters(), lr=0.05)
    for epoch in range(epochs):
        seen, right = 0, 0
        for xb, yb in loader:
            opt.zero_grad()
            scores = moe(xb)
            loss = F.cross_entropy(scores, yb)
            loss.backward()
            opt.step()
            seen += len(yb)
            right += (scores.argmax(1) == yb).sum().item()
        print(f"epoch {epoch} loss {loss.item():.3f} acc {right / seen:.3f}")


run()
