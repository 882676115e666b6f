"""Each batch's mean is weighed with the number of its samples before the sum is divided by all of them."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

BATCH_SIZE = 8


def train_epoch(model, loader, criterion, optimizer):
    model.train()
    running_loss, seen = 0.0, 0
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * inputs.size(0)
        seen += len(labels)
    return running_loss / len(loader.dataset)


@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    total, again, whole, last = 0.0, 0.0, 0.0, 0.0
    for inputs, labels in loader:
        logits = model(inputs)
        loss = F.cross_entropy(logits, labels)
        total += inputs.shape[0] * loss.item()
        again += F.cross_entropy(logits, labels).item() * len(inputs)
        loss *= BATCH_SIZE
        whole += loss.item()
        last += float(F.cross_entropy(logits, labels) * labels.numel())
    size = len(loader.dataset)
    return total / size, again / size, whole / size, last / size


class Trainer:
    def __init__(self, model, loader):
        self.model, self.loader, self.epoch_loss = model, loader, 0.0
        self.criterion = nn.CrossEntropyLoss()

    def validate(self):
        self.model.eval()
        self.epoch_loss = 0.0
        with torch.no_grad():
            for x, y in self.loader:
                value = self.criterion(self.model(x), y).item()
                n = x.size(0)
                self.epoch_loss += n * value
        self.epoch_loss /= len(self.loader.dataset)
        return self.epoch_loss


torch.manual_seed(0)
data = TensorDataset(torch.randn(44, 5), torch.randint(0, 3, (44,)))
train_loader = DataLoader(data, batch_size=BATCH_SIZE, shuffle=True)
test_loader = DataLoader(data, batch_size=BATCH_SIZE)
net = nn.Linear(5, 3)
sgd = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    print(epoch, train_epoch(net, train_loader, nn.CrossEntropyLoss(), sgd), evaluate(net, test_loader))
    print(f"again: {Trainer(net, test_loader).validate():.3f}")
