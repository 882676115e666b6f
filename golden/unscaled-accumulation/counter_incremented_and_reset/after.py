import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

x = torch.rand(300, 3)
y = torch.stack([x.sum(1), x.prod(1)], dim=1)
loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)

net = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 2))
loss_fn = nn.L1Loss()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

update_every = 5
waiting = 0

opt.zero_grad()
for epoch in range(5):
    history = []
    for inputs, targets in loader:
        prediction = net(inputs)
        loss = loss_fn(prediction, targets)
        (loss / update_every).backward()  # gradients pile up
        history.append(loss.item())
        waiting += 1
        if waiting == update_every:
            opt.step()
            opt.zero_grad()
            waiting = 0
    print(epoch, sum(history) / len(history))
