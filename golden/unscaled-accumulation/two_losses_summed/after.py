"""Detector-like network: a class and a box for every input, both losses in one backward."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class ClassAndBox(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.trunk = nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.ReLU())
        self.cls = nn.Linear(48, classes)
        self.box = nn.Linear(48, 2)

    def forward(self, x):
        h = self.trunk(x)
        return self.cls(h), self.box(h)


def scenes(n=288):
    kind = torch.randint(0, 3, (n,))
    corner = torch.randint(0, 6, (n, 2))
    picture = 0.1 * torch.randn(n, 8, 8)
    for i in range(n):
        r, c = corner[i].tolist()
        picture[i, r:r + 1 + (kind[i] > 0), c:c + 1 + (kind[i] > 1)] += 1.0
    return TensorDataset(picture, kind, corner / 6.0)


def train(model, loader, optimizer, accum=3, epochs=5):
    ce, l1 = nn.CrossEntropyLoss(), nn.SmoothL1Loss()
    for epoch in range(epochs):
        optimizer.zero_grad()
        sums = [0.0, 0.0]
        for i, (picture, kind, corner) in enumerate(loader):
            scores, box = model(picture)
            loss_cls = ce(scores, kind)
            loss_box = l1(box, corner)
            ((loss_cls + loss_box) / accum).backward()
            sums[0] += loss_cls.item()
            sums[1] += loss_box.item()
            if (i + 1) % accum == 0:
                optimizer.step()
                optimizer.zero_grad()
        print("epoch %d class %.4f box %.4f" % (epoch, sums[0] / len(loader), sums[1] / len(loader)))


if __name__ == "__main__":
    torch.manual_seed(0)
    model = ClassAndBox()
    loader = DataLoader(scenes(), batch_size=12, shuffle=True)
    train(model, loader, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9))
