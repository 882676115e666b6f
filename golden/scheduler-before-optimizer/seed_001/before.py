"""Image classifier in the style of many student projects.

Its only weakness: scheduler.step() opens the epoch instead of closing it.
"""
import argparse
import os

import torch
import torch.nn as nn
import torch.optim as optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser(description='two classes of small pictures')
parser.add_argument('--lr', default=0.1, type=float)
parser.add_argument('--epochs', default=4, type=int)
parser.add_argument('--batchsize', default=32, type=int)
parser.add_argument('--checkpoint', default='', type=str, help='file for the best weights')
args = parser.parse_args()

device = 'cuda' if torch.cuda.is_available() else 'cpu'
best_acc = 0
start_epoch = 0

print('==> data')
torch.manual_seed(0)
kind = torch.randint(0, 2, (480,))
pictures = 0.5 * torch.randn(480, 1, 8, 8)
pictures[kind == 0, :, :, ::2] += 0.6
pictures[kind == 1, :, ::2, :] += 0.6
train_loader = DataLoader(TensorDataset(pictures[:384], kind[:384]), batch_size=args.batchsize, shuffle=True)
test_loader = DataLoader(TensorDataset(pictures[384:], kind[384:]), batch_size=48, shuffle=False)

print('==> model')
net = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.2), nn.Linear(8 * 4 * 4, 2),
).to(device)

criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=args.lr, momentum=0.8, weight_decay=5e-4)
scheduler = StepLR(optimizer, step_size=2, gamma=0.1)

train_acc, train_loss = [], []


def train(epoch):
    net.train()
    running, correct, total = 0.0, 0, 0
    for batch_idx, (inputs, targets) in enumerate(train_loader):
        inputs, targets = inputs.to(device), targets.to(device)
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()

        running += loss.item()
        _, predicted = outputs.max(1)
        total += targets.size(0)
        correct += predicted.eq(targets).sum().item()
    train_acc.append(100. * correct / total)
    train_loss.append(running / (batch_idx + 1))
    print('Epoch: %d | Loss: %.3f | Acc: %.3f%% (%d/%d)' % (epoch, train_loss[-1], train_acc[-1], correct, total))


def test(epoch):
    global best_acc
    net.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for inputs, targets in test_loader:
            inputs, targets = inputs.to(device), targets.to(device)
            _, predicted = net(inputs).max(1)
            total += targets.size(0)
            correct += predicted.eq(targets).sum().item()
    acc = 100. * correct / total
    if acc > best_acc:
        best_acc = acc
        if args.checkpoint:
            os.makedirs(os.path.dirname(args.checkpoint) or '.', exist_ok=True)
            torch.save({'net': net.state_dict(), 'acc': acc, 'epoch': epoch}, args.checkpoint)
    return acc


for epoch in range(start_epoch, start_epoch + args.epochs):
    scheduler.step()  # new rate for this epoch
    train(epoch)
    print('test accuracy %.2f%%' % test(epoch))
print('best', best_acc)
