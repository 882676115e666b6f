import torch
from torch import nn
from torch.nn.functional import nll_loss

torch.manual_seed(0)
labels = torch.randint(0, 3, (150,))
points = torch.randn(150, 4) + 2 * torch.eye(3, 4)[labels]

model = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.Softmax(dim=-1),  # class probabilities
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(5):
    for batch in torch.randperm(150).split(50):
        loss = nll_loss(model(points[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item(), (model(points).argmax(1) == labels).float().mean().item())
