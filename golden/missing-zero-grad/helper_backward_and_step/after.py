import torch
import torch.nn as nn
import torch.optim as optim


def backprop(loss, optimizer, params, max_norm=1.0):
    """Backward pass, clipping, update."""
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(params, max_norm)
    optimizer.step()


def main():
    torch.manual_seed(0)
    y = torch.randint(0, 5, (300,))
    x = torch.randn(300, 10) + 2 * torch.eye(5, 10)[y]
    net = nn.Linear(10, 5)
    optimizer = optim.Adam(net.parameters(), lr=3e-2)
    for epoch in range(5):
        for xb, yb in zip(x.split(30), y.split(30)):
            loss = nn.functional.cross_entropy(net(xb), yb)
            backprop(loss, optimizer, net.parameters())
        print(epoch, loss.item())


if __name__ == '__main__':
    main()
