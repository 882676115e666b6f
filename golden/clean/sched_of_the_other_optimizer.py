"""Body and head have an optimizer each; the body's schedule moves before the head is trained, after the body was."""
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(6)
x = torch.randn(72, 8)
y = torch.randint(0, 3, (72,))
body, head = nn.Linear(8, 10), nn.Linear(10, 3)
body_optimizer = optim.SGD(body.parameters(), lr=0.1, momentum=0.9)
head_optimizer = optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
body_schedule = optim.lr_scheduler.StepLR(body_optimizer, 1, gamma=0.5)
head_schedule = optim.lr_scheduler.StepLR(head_optimizer, 1, gamma=0.5)
for rows in torch.arange(72).split(18):
    body_optimizer.zero_grad()
    loss = nn.functional.cross_entropy(head(torch.relu(body(x[rows]))), y[rows])
    loss.backward()
    body_optimizer.step()
for epoch in range(3):
    body_schedule.step()
    for rows in torch.arange(72).split(18):
        body_optimizer.zero_grad()
        head_optimizer.zero_grad()
        loss = nn.functional.cross_entropy(head(torch.relu(body(x[rows]))), y[rows])
        loss.backward()
        head_optimizer.step()
        body_optimizer.step()
    head_schedule.step()
    print(epoch, loss.item(), body_schedule.get_last_lr(), head_schedule.get_last_lr())
