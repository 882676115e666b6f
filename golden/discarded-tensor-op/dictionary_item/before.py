"""Tensors in a dictionary, converted before the loop, as the author thought."""
import torch
import torch.nn as nn

torch.manual_seed(2)
device = torch.device("cpu")
pack = {"x": torch.randn(80, 4), "y": torch.randint(0, 2, (80,))}
pack["x"].to(device)
pack["y"].to(device)

net = nn.Linear(4, 2)
weights = torch.ones(2, requires_grad=True)
optimizer = torch.optim.Adam([*net.parameters(), weights], lr=0.05)
for epoch in range(10):
    optimizer.zero_grad()
    scores = net(pack["x"]) * weights
    loss = nn.functional.cross_entropy(scores, pack["y"])
    loss.backward()
    optimizer.step()
print(loss.item())
