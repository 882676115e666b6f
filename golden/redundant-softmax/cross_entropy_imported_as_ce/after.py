import torch
from torch import nn, softmax
from torch.nn.functional import cross_entropy as ce

torch.manual_seed(0)

classes = 7
prototype = torch.randn(classes, 15)
y = torch.randint(0, classes, (350,))
x = prototype[y] + 0.7 * torch.randn(350, 15)

net = nn.Sequential(nn.Linear(15, 30), nn.GELU(), nn.Linear(30, classes))
opt = torch.optim.Adam(net.parameters(), 5e-3)

step = 0
while step < 80:
    pick = torch.randint(0, len(x), (32,))
    opt.zero_grad()
    loss = ce(net(x[pick]), y[pick])
    loss.backward()
    opt.step()
    if step % 20 == 0:
        print("step", step, "loss", loss.item())
    step += 1

with torch.no_grad():
    # probabilities for the report
    print(softmax(net(x[:2]), dim=1).max(dim=1).values)
