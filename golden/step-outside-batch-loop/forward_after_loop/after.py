import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class SmallConv(nn.Module):
  def __init__(self):
    super().__init__()
    self.conv = nn.Conv2d(1, 6, 3, padding=1)
    self.fc = nn.Linear(6 * 4 * 4, 4)

  def forward(self, img):
    h = F.max_pool2d(F.relu(self.conv(img)), 2)
    return self.fc(h.flatten(1))


torch.manual_seed(6)
corner = torch.randint(0, 4, (200,))
images = 0.3 * torch.randn(200, 1, 8, 8)
for n, c in enumerate(corner.tolist()):
  row, col = 4 * (c // 2), 4 * (c % 2)
  images[n, 0, row:row + 4, col:col + 4] += 1

loader = DataLoader(TensorDataset(images, corner), batch_size=20, shuffle=True)
net = SmallConv()
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

for epoch in range(8):
  net.train()
  for img, label in loader:
    img = img - img.mean()
    label = label.long()
    optimizer.zero_grad()
    out = net(img)
    loss = F.cross_entropy(out, label)
    loss.backward()
    optimizer.step()

  net.eval()
  with torch.no_grad():
    acc = (net(images - images.mean()).argmax(1) == corner).float().mean()
  print('epoch', epoch, 'acc', acc.item())
