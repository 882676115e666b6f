"""A warm-up that counts batches beside a decay that counts epochs, each moved in its own loop."""
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader, epochs=3):
    optimizer = optim.SGD(model.parameters(), lr=0.2)
    warmup = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=len(loader))
    decay = optim.lr_scheduler.StepLR(optimizer, step_size=max(1, epochs // 3))
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            if epoch == 0:
                warmup.step()
        decay.step()
        print(epoch, loss.item(), optimizer.param_groups[0]["lr"])


torch.manual_seed(2)
x = torch.randn(60, 5)
train(nn.Linear(5, 1), DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=10))
