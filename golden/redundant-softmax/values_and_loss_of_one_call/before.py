"""Wine classifier; the mean confidence of each epoch is printed beside the loss."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class WineNet(nn.Module):
    def __init__(self, features, kinds):
        super().__init__()
        self.hidden = nn.Linear(features, 16)
        self.out = nn.Linear(16, kinds)

    def forward(self, x):
        x = torch.tanh(self.hidden(x))
        return torch.softmax(self.out(x), dim=-1)


def run(net, loader, criterion, optimizer):
    confidence = 0.0
    for wine, kind in loader:
        optimizer.zero_grad()
        # probability of each kind
        guess = net(wine)
        loss = criterion(guess, kind)
        loss.backward()
        optimizer.step()
        confidence += guess.max(dim=1).values.mean().item()
    return loss.item(), confidence / len(loader)


torch.manual_seed(0)
kinds = torch.randint(0, 3, (180,))
wines = torch.randn(180, 8)
wines[torch.arange(180), kinds] += 2.0
loader = DataLoader(TensorDataset(wines, kinds), batch_size=20, shuffle=True)
net = WineNet(8, 3)
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(5):
    print(epoch, "loss %.3f, confidence %.3f" % run(net, loader, nn.CrossEntropyLoss(), optimizer))
