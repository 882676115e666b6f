"""Reconstruction and classification share the encoder; each loss has a backward pass of its own."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(10, 16)
        self.cls = nn.Linear(16, 3)
        self.rec = nn.Linear(16, 10)

    def forward(self, x):
        h = torch.relu(self.enc(x))
        return self.cls(h), self.rec(h)


torch.manual_seed(0)
y = torch.randint(0, 3, (240,))
x = torch.randn(240, 10) + 1.5 * torch.eye(3, 10)[y]
loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
model = TwoHeads()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)

for epoch in range(5):
    for xb, yb in loader:
        optimizer.zero_grad()
        scores, copy = model(xb)
        main_loss = F.cross_entropy(scores, yb)
        main_loss.backward(retain_graph=True)
        aux_loss = 0.1 * F.mse_loss(copy, xb)
        aux_loss.backward()
        optimizer.step()
    print(epoch, main_loss.item(), aux_loss.item())
