# Invert a frozen random projection, one picture after the other.
import torch
import torch.optim as optim

torch.manual_seed(0)
project = torch.nn.Linear(64, 48)
for p in project.parameters():
    p.requires_grad = False

pictures = torch.rand(4, 64)
errors = []
for picture in pictures:
    wanted = project(picture)
    canvas = torch.full((64,), 0.5).requires_grad_(True)
    optimizer = optim.Adam([canvas], lr=0.05)
    for i in range(40):
        optimizer.zero_grad()
        loss = (project(canvas) - wanted).pow(2).sum()
        loss.backward()
        optimizer.step()
        canvas.data.clamp_(0, 1)
    errors.append((canvas.detach() - picture).abs().mean().item())
print('mean absolute error per picture', errors)
