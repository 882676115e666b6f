# the optimizer and its network are new in each repetition, one update each (bootstrap of a linear probe)
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
x = torch.randn(80, 3)
y = x @ torch.tensor([[1.0], [0.0], [2.0]])
shift = []
for rep in range(20):
    pick = torch.randint(0, 80, (80,))
    probe = nn.Linear(3, 1)
    nn.init.zeros_(probe.weight)
    opt = optim.SGD(probe.parameters(), lr=0.5)
    nn.functional.mse_loss(probe(x[pick]), y[pick]).backward()
    opt.step()
    shift.append(probe.weight.detach().squeeze(0))
print(torch.stack(shift).mean(0), torch.stack(shift).std(0))
