import torch
import torch.nn as nn
import torch.optim as optim


def train_step(model, batch, optimizer, criterion):
    x, y = batch
    logits = model(x)
    loss = criterion(logits, y)
    loss.backward()
    apply_update(optimizer)
    return loss.item()


def apply_update(optimizer):
    optimizer.step()
    optimizer.zero_grad()


def train(model, batches, epochs):
    optimizer = optim.NAdam(model.parameters(), lr=5e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        mean = sum(train_step(model, b, optimizer, criterion) for b in batches) / len(batches)
        print('epoch', epoch, 'loss', mean)


torch.manual_seed(0)
y = torch.randint(0, 4, (256,))
x = torch.randn(256, 8) + 2 * torch.eye(4, 8)[y]
train(nn.Linear(8, 4), list(zip(x.split(32), y.split(32))), epochs=4)
