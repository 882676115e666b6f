# requires_grad is flipped between the stages, so the filtered parameter list is not the same
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
y = torch.randint(0, 3, (150,))
x = torch.eye(3, 6)[y] + 0.5 * torch.randn(150, 6)
model[0].requires_grad_(False)

for stage in range(2):
    optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1, momentum=0.9)
    for epoch in range(8):
        for i in range(0, 150, 30):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[i:i + 30]), y[i:i + 30])
            loss.backward()
            optimizer.step()
    print('stage', stage, 'loss', loss.item())
    model[0].requires_grad_(True)
