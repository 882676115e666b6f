import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def get_data():
  torch.manual_seed(0)
  angle = 6.28 * torch.rand(240)
  x = torch.stack([angle.cos(), angle.sin()], dim=1)
  y = torch.stack([(2 * angle).cos(), (2 * angle).sin()], dim=1)
  return DataLoader(TensorDataset(x, y), batch_size=6, shuffle=True)


def main():
  loader = get_data()
  model = nn.Sequential(nn.Linear(2, 40), nn.Tanh(), nn.Linear(40, 2))
  criterion = nn.MSELoss()
  optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
  k = 4

  for epoch in range(5):
    total = 0.0
    for i, (x, y) in enumerate(loader):
      loss = criterion(model(x), y)
      total += loss.item()
      (loss / k).backward()

      if (i + 1) % k != 0:
        continue

      optimizer.step()
      optimizer.zero_grad()
    print('epoch', epoch, 'loss', total / len(loader))


if __name__ == '__main__':
  main()
