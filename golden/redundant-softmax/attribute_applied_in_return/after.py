import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class GenreNet(nn.Module):
  def __init__(self, n_features, n_genres):
    super().__init__()
    self.fc1 = nn.Linear(n_features, 40)
    self.act = nn.LeakyReLU()
    self.fc2 = nn.Linear(40, n_genres)

  def forward(self, x):
    x = self.act(self.fc1(x))
    x = self.fc2(x)
    return x


genres = torch.randint(0, 6, (360,))
tracks = torch.randn(360, 12) + 1.5 * torch.eye(6, 12)[genres]
loader = DataLoader(TensorDataset(tracks, genres), batch_size=36, shuffle=True)

net = GenreNet(12, 6)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)

for epoch in range(6):
  running_loss, correct = 0.0, 0
  for features, genre in loader:
    optimizer.zero_grad()
    output = net(features)
    loss = criterion(output, genre)
    loss.backward()
    optimizer.step()
    running_loss += loss.item()
    correct += (output.argmax(1) == genre).sum().item()
  print(f'Epoch {epoch}: loss={running_loss / len(loader):.3f} acc={correct / 360:.3f}')
