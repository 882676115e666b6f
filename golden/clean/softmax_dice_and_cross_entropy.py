import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class DiceLoss(nn.Module):
    """Soft Dice over [N, C, H, W] logits; wants probabilities, so it makes them."""

    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits, target):
        probs = torch.softmax(logits, dim=1)
        onehot = nn.functional.one_hot(target, logits.size(1)).permute(0, 3, 1, 2).float()
        inter = (probs * onehot).sum(dim=(0, 2, 3))
        union = probs.sum(dim=(0, 2, 3)) + onehot.sum(dim=(0, 2, 3))
        return 1 - ((2 * inter + self.smooth) / (union + self.smooth)).mean()


class SmallUNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.enc = nn.Conv2d(1, 8, 3, padding=1)
        self.mid = nn.Conv2d(8, 8, 3, padding=1)
        self.dec = nn.Conv2d(16, classes, 1)

    def forward(self, x):
        e = torch.relu(self.enc(x))
        m = torch.relu(self.mid(e))
        return self.dec(torch.cat([e, m], dim=1))


torch.manual_seed(0)
masks = torch.zeros(48, 12, 12, dtype=torch.long)
for n in range(48):
    r, c = torch.randint(0, 8, (2,)).tolist()
    masks[n, r:r + 4, c:c + 4] = 1 + n % 2
images = masks.unsqueeze(1).float() + 0.3 * torch.randn(48, 1, 12, 12)
loader = DataLoader(TensorDataset(images, masks), batch_size=8, shuffle=True)

model = SmallUNet(classes=3)
ce, dice = nn.CrossEntropyLoss(), DiceLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(5):
    for img, mask in loader:
        pred = model(img)
        loss = ce(pred, mask) + dice(pred, mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())
