import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def get_loader(batch_size=32):
    g = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 4, (256,), generator=g)
    signals = torch.sin(torch.linspace(0, 6.28, 20)[None] * (labels[:, None] + 1))
    signals = signals + 0.2 * torch.randn(256, 20, generator=g)
    return DataLoader(TensorDataset(signals.unsqueeze(1), labels), batch_size=batch_size, shuffle=True)


class WaveNetTiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 8, kernel_size=5, padding=2)
        self.fc = nn.Linear(8 * 20, 4)

    def forward(self, x):
        x = F.relu(self.conv(x))
        return self.fc(x.flatten(1))


def train_one_epoch(net, data, opt, criterion):
    for step, (wave, kind) in enumerate(data):
        opt.zero_grad()
        logits = net(wave)
        loss = criterion(logits, kind)
        loss.backward()
        opt.step()
        if step % 4 == 0:
            print(f"  step {step}: {loss.item():.4f}")


if __name__ == '__main__':
    torch.manual_seed(0)
    net = WaveNetTiny()
    opt = torch.optim.Adam(net.parameters(), lr=3e-3)
    criterion = nn.CrossEntropyLoss()
    loader = get_loader()
    for epoch in range(4):
        print("epoch", epoch)
        train_one_epoch(net, loader, opt, criterion)
