import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)
ages = torch.rand(240, 1) * 50 + 20
income = 0.02 * ages + 0.1 * torch.randn(240, 1)
ages = (ages - ages.mean()) / ages.std()
loader = DataLoader(TensorDataset(ages, income), batch_size=24, shuffle=True)
model = nn.Linear(1, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
loss_fn = nn.MSELoss()

for epoch in range(10):
    for age, target in loader:
        estimate = model(age)
    loss = loss_fn(estimate, target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 2 == 0:
        print(f'{epoch}: {loss.item():.4f}')
