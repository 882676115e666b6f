"""The gradients are cleared when an epoch begins, but not between its batches."""
import torch
import torch.nn as nn
import torch.optim as optim


def train_one_epoch(epoch, model, batches, optimizer, device):
    model.train()
    for batch_idx, (data, target) in enumerate(batches):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()  # start with clean gradients
        output = model(data)
        loss = nn.functional.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        if batch_idx % 4 == 0:
            print(f'Train Epoch: {epoch} [{batch_idx}/{len(batches)}]\tLoss: {loss.item():.6f}')


if __name__ == '__main__':
    torch.manual_seed(0)
    device = torch.device('cpu')
    target = torch.randint(0, 3, (320,))
    data = torch.randn(320, 5) + 2 * torch.eye(3, 5)[target]
    model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 3), nn.LogSoftmax(dim=1))
    optimizer = optim.Adam(model.parameters(), lr=2e-2)
    for epoch in range(1, 5):
        train_one_epoch(epoch, model, list(zip(data.split(40), target.split(40))), optimizer, device)
