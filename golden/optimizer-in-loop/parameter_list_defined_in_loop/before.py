"""Only the head is trained; the list of its parameters is collected in every epoch."""
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(3)
body = nn.Sequential(nn.Linear(6, 32), nn.ReLU())
head = nn.Linear(32, 3)
model = nn.Sequential(body, head)
for p in body.parameters():
    p.requires_grad = False

y = torch.randint(0, 3, (240,))
x = 1.5 * torch.eye(3, 6)[y] + torch.randn(240, 6)

for epoch in range(8):
    # parameters of the frozen body stay out
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = optim.Adam(trainable, lr=5e-3)
    perm = torch.randperm(240)
    for i in range(0, 240, 48):
        idx = perm[i:i + 48]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
