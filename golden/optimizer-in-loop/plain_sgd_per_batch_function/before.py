import torch
from torch import nn


def fit(net, batches, n_epochs, rate):
    loss_fn = nn.MSELoss()
    history = []

    # the usual double loop
    for epoch in range(n_epochs):
        running = 0.0
        for x, y in batches:
            sgd = torch.optim.SGD(net.parameters(), lr=rate)  # no momentum
            sgd.zero_grad()
            loss = loss_fn(net(x), y)
            loss.backward()
            sgd.step()
            running += loss.item()
        history.append(running / len(batches))
    return history


if __name__ == '__main__':
    torch.manual_seed(8)
    x = torch.linspace(-1, 1, 256).unsqueeze(1)
    y = 3 * x + 0.5 + 0.05 * torch.randn_like(x)
    order = torch.randperm(256)
    batches = list(zip(x[order].split(32), y[order].split(32)))
    print(fit(nn.Linear(1, 1), batches, n_epochs=8, rate=0.1))
