import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

config = {
    "seed": 0,
    "epochs": 4,
    "batch_size": 8,
    "accumulate": 4,
    "lr": 0.05,
}


def make_dataset(n=320):
    x = torch.randn(n, 5)
    y = (x.pow(2).sum(1) > 4.35).long()
    return TensorDataset(x, y)


def train(config):
    torch.manual_seed(config["seed"])
    loader = DataLoader(make_dataset(), batch_size=config["batch_size"], shuffle=True)
    model = nn.Sequential(nn.Linear(5, 48), nn.ReLU(), nn.Linear(48, 2))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=0.9)

    for epoch in range(config["epochs"]):
        losses = []
        optimizer.zero_grad()
        for i, (inputs, labels) in enumerate(loader):
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            losses.append(loss.item())
            if (i + 1) % config["accumulate"] == 0:
                optimizer.step()
                optimizer.zero_grad()
        print("epoch", epoch, "loss", sum(losses) / len(losses))


if __name__ == "__main__":
    train(config)
