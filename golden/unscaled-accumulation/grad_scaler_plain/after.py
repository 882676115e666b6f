import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train_one_epoch(model, criterion, data_loader, optimizer, scaler, device, args):
    model.train()
    optimizer.zero_grad()
    average = 0.0
    for data_iter_step, (samples, targets) in enumerate(data_loader):
        samples = samples.to(device, non_blocking=True)
        targets = targets.to(device, non_blocking=True)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=args.amp):
            outputs = model(samples)
            loss = criterion(outputs, targets)
        loss_value = loss.item()
        scaler.scale(loss / args.accum_iter).backward()
        if (data_iter_step + 1) % args.accum_iter == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
        average += loss_value / len(data_loader)
    return average


def get_args_parser():
    parser = argparse.ArgumentParser('small pretraining', add_help=True)
    parser.add_argument('--epochs', default=4, type=int)
    parser.add_argument('--batch_size', default=16, type=int)
    parser.add_argument('--accum_iter', default=4, type=int,
                        help='accumulate gradients over so many iterations')
    parser.add_argument('--amp', action='store_true')
    return parser


def main(args):
    torch.manual_seed(0)
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    codes = torch.randn(6, 20)
    targets = torch.randint(0, 6, (384,))
    samples = codes[targets] + 0.8 * torch.randn(384, 20)
    data_loader = DataLoader(TensorDataset(samples, targets), batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(20, 48), nn.GELU(), nn.Linear(48, 6)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    criterion = nn.CrossEntropyLoss()
    scaler = torch.amp.GradScaler(device.type, enabled=args.amp and device.type == 'cuda')
    for epoch in range(args.epochs):
        print(epoch, train_one_epoch(model, criterion, data_loader, optimizer, scaler, device, args))


if __name__ == '__main__':
    main(get_args_parser().parse_args())
