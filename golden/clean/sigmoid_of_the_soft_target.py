import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
teacher, student = nn.Linear(6, 3), nn.Linear(6, 3)
optimizer = torch.optim.SGD(student.parameters(), lr=0.3)
data = torch.randn(90, 6)
for x in data.split(30):
    with torch.no_grad():
        target = torch.sigmoid(teacher(x))
    loss = F.binary_cross_entropy_with_logits(student(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
