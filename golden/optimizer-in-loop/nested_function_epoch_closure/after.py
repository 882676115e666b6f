"""The batch loop is a nested function; the optimizer is rebuilt around it in every epoch."""
import torch
import torch.nn as nn


def run(n_epochs, batches):
    model = nn.Sequential(nn.Linear(2, 30), nn.ReLU(), nn.Linear(30, 1))

    def one_pass(opt):
        worst = 0.0
        for x, y in batches:
            opt.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            opt.step()
            worst = max(worst, loss.item())
        return worst

    opt = torch.optim.Adam(model.parameters(), lr=0.01, amsgrad=True)
    for epoch in range(n_epochs):
        print(epoch, one_pass(opt))


torch.manual_seed(0)
x = torch.rand(128, 2)
y = torch.hypot(x[:, :1], x[:, 1:])
run(10, list(zip(x.split(16), y.split(16))))
