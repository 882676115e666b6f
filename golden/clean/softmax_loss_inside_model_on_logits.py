"""The model returns probabilities, but its loss is taken from the logits before that."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Classifier(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_in, 32), nn.ReLU(), nn.Linear(32, n_out))
        self.softmax = nn.Softmax(dim=-1)
        self.loss_fct = nn.CrossEntropyLoss()

    def forward(self, x, labels=None):
        logits = self.net(x)
        probs = self.softmax(logits)
        if labels is None:
            return probs
        loss = self.loss_fct(logits.view(-1, logits.size(-1)), labels.view(-1))
        return loss, probs


torch.manual_seed(0)
y = torch.randint(0, 4, (200,))
x = torch.randn(200, 6)
x[torch.arange(200), y] += 2
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)

model = Classifier(6, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(6):
    sure = 0.0
    for xb, yb in loader:
        loss, probs = model(xb, labels=yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sure += probs.detach().max(dim=-1)[0].mean().item() / len(loader)
    print(f"epoch {epoch} loss {loss.item():.4f} confidence {sure:.3f}")
