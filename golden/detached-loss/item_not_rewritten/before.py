# The number of the loss goes back into a tensor
import torch
import torch.nn.functional as F

torch.manual_seed(3)
x, y = torch.randn(64, 5), torch.randint(0, 3, (64,))
net = torch.nn.Linear(5, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(5):
    opt.zero_grad()
    loss = torch.tensor(F.cross_entropy(net(x), y).item(), requires_grad=True)
    loss.backward()
    opt.step()
print(loss)
