import torch
import torch.nn as nn
import torch.optim as optim


def train(model, train_iter, optimizer, criterion, num_epochs):
    for epoch in range(num_epochs):
        epoch_loss = 0.0
        for step, (xb, yb) in enumerate(train_iter):
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            epoch_loss += loss.item()

        optimizer.step()
        print('epoch: %d, mean loss: %.4f' % (epoch, epoch_loss / (step + 1)))


if __name__ == "__main__":
    torch.manual_seed(10)
    y = torch.randint(0, 3, (300,))
    x = torch.randn(3, 9)[y] * 2 + torch.randn(300, 9)
    net = nn.Sequential(nn.Linear(9, 18), nn.ReLU(), nn.Linear(18, 3))
    train(net, list(zip(x.split(30), y.split(30))), optim.Adam(net.parameters(), lr=0.01), nn.CrossEntropyLoss(), 6)
