# The inner loop walks over the layers of one network, not over batches.
import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(120, 6)
y = torch.randint(0, 2, (120,))
x[:, 0] += 3 * y
layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(3))
final = nn.Linear(6, 2)
optimizer = torch.optim.SGD([*layers.parameters(), *final.parameters()], lr=0.1, momentum=0.9)

for epoch in range(20):
    h = x
    for layer in layers:
        h = h + torch.relu(layer(h))
    loss = nn.functional.cross_entropy(final(h), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
