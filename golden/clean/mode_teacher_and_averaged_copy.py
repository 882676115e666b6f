"""A teacher, an averaged copy and a feature extractor stay in eval mode; the student trains; validation comes last."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(2)
x = torch.randn(96, 6)
y = (x[:, 0] * x[:, 1] > 0).long()


def make():
    return nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 2))


teacher, student = make(), make()
average = copy.deepcopy(student)
features = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6))
opt = torch.optim.Adam(student.parameters(), lr=0.01)
for epoch in range(3):
    student.train()
    for i in range(0, 64, 32):
        teacher.eval()
        features.eval()
        a = features(x[i:i + 32])
        with torch.no_grad():
            soft = teacher(x[i:i + 32]).softmax(1)
        opt.zero_grad()
        out = student(x[i:i + 32])
        loss = F.cross_entropy(out, y[i:i + 32]) + F.kl_div(out.log_softmax(1), soft) + 0 * F.mse_loss(a, a.detach())
        loss.backward()
        opt.step()
        with torch.no_grad():
            for p, q in zip(average.parameters(), student.parameters()):
                p.lerp_(q, 0.1)
    average.eval()
    with torch.no_grad():
        print(F.cross_entropy(average(x[64:]), y[64:]).item())
student.eval()
with torch.no_grad():
    print(F.cross_entropy(student(x[64:]), y[64:]).item())
