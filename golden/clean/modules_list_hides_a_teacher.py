import torch
from torch import nn
from torch.nn import functional as F


class Student(nn.Module):
    def __init__(self, teacher):
        super().__init__()
        self.teacher = [teacher]  # in a list: neither trained nor saved
        self.frozen = [nn.Linear(4, 8)]
        self.net = nn.Linear(8, 3)

    def forward(self, x):
        with torch.no_grad():
            target = self.teacher[0](x).softmax(dim=1)
        return self.net(self.frozen[0](x)), target


torch.manual_seed(0)
student = Student(nn.Linear(4, 3))
optimizer = torch.optim.Adam(student.parameters(), lr=0.02)
for x in torch.randn(60, 4).split(20):
    scores, target = student(x)
    loss = F.kl_div(F.log_softmax(scores, dim=1), target, reduction="batchmean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
